import path from 'node:path';

/** What a person sees when everything is up. Scripts wait for the first line. */
export function welcome(url: string, tokenFile: string): string {
  const lines = [
    `muniment ready ${url}`,
    '',
    '  archive a file     npx muniment push FILE --repository OWNER/NAME',
    `  read the API       ${url}/docs`,
    `  admin token        ${shown(tokenFile)}`,
    '  stop               Ctrl-C',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function shown(file: string): string {
  const near = path.relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}
