import { describe, expect, it } from '@jest/globals';
import { nameSafe, repositoryOf, repositoryOfRemote } from './repository-name.js';

describe('repository names', () => {
  it.each([
    ['git@github.com:acme/widgets.git', 'acme/widgets'],
    ['https://github.com/acme/widgets', 'acme/widgets'],
    ['https://user:secret@gitlab.example/group/sub/app.git/', 'group.sub/app'],
    ['ssh://git@host.example:2222/acme/widgets.git', 'acme/widgets'],
  ])('%s is %s', (remote, expected) => {
    expect(repositoryOfRemote(remote)).toBe(expected);
  });

  it('are never guessed from a path on this disk', () => {
    expect(repositoryOfRemote('../elsewhere')).toBeNull();
    expect(repositoryOfRemote('https://host.example/')).toBeNull();
  });

  it('have only characters that the archive accepts', () => {
    expect(nameSafe('-my project (1)')).toBe('my-project-1-');
    expect(nameSafe('???')).toBe('unnamed');
    expect(repositoryOf('solo')).toBe('local/solo');
  });
});
