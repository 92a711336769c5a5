import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ProjectRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A project outside the repository with the built package in its node_modules. */
export class InstalledProject implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** Everything that is installed here is installed there, but for `without`. */
  static async create(options: { readonly without?: readonly string[] } = {}): Promise<InstalledProject> {
    const folder = await mkdtemp(join(tmpdir(), 'bowline-project-'));
    const project = new InstalledProject(folder);
    await project.install('.');
    const hidden = new Set(['bowline', '.bin', ...(options.without ?? [])]);
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (!hidden.has(name)) await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    await project.write({ 'package.json': '{ "type": "module" }' });
    return project;
  }

  /** A copy of the package, which is one of its own to Node, in the node_modules of a folder. */
  async install(place: string): Promise<void> {
    const target = join(this.folder, place, 'node_modules/bowline');
    await mkdir(target, { recursive: true });
    await cp(join(root, 'dist'), join(target, 'dist'), { recursive: true });
    await cp(join(root, 'package.json'), join(target, 'package.json'));
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), text);
    }
  }

  /** Runs a file by a loader of TypeScript. */
  run(file: string, loader = 'bowline/register'): Promise<ProjectRun> {
    return new Promise((resolve) => {
      execFile(process.execPath, ['--import', loader, file], { cwd: this.folder }, (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code ?? 1) });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

/** Source of a program that boots `modules` and prints what the boot says. */
export function booting(modules: string, servers = ''): string {
  return `
    const { createApplication } = await import('bowline');
    await createApplication({ modules: [${modules}], servers: { ${servers} }, logger: { level: 'silent' } }).then(
      () => console.log('[]'),
      (error) => console.log(JSON.stringify((error.problems ?? [error]).map(({ message }) => message))),
    );`;
}
