import { Injectable } from 'bowline';

export abstract class Audit {
  abstract write(line: string): void;
}

@Injectable()
export class AuditLog extends Audit {
  readonly lines: string[] = [];

  write(line: string): void {
    this.lines.push(line);
  }
}
