export declare const root: string;
export declare function readJson(path: string): unknown;
export declare function projectFolders(): readonly string[];
export declare function hasSources(folder: string): boolean;
export declare function changedAt(path: string): number;
