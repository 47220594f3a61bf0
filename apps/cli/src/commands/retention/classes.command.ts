import type { Command } from 'commander';
import { contextOf, type AddCommand } from '../command-context.js';

const daySeconds = 86_400;

export const addClasses: AddCommand = (retention, surroundings) => {
  retention
    .command('classes')
    .description('The retention classes of this archive and how long each keeps.')
    .action(async (_flags: object, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const answer = await (await connect()).retention.classes();
      output.result(answer, () => [
        ...answer.classes.map(
          ({ name, default_duration_seconds: kept }) => `${name.padEnd(20)}  ${kept === null ? 'for ever' : durationText(kept)}`,
        ),
        `and the newest ${answer.curated_keep} validated wheelhouses per repository and name, whatever their class`,
      ]);
    });
};

function durationText(seconds: number): string {
  return seconds % daySeconds === 0 ? `${seconds / daySeconds} d` : `${seconds} s`;
}
