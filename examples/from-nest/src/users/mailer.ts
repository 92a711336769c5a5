import { Injectable, Logger } from 'bowline';

export abstract class Mailer {
  abstract welcome(email: string): Promise<void>;
}

@Injectable()
export class LogMailer extends Mailer {
  constructor(private readonly log: Logger) {
    super();
  }

  async welcome(email: string): Promise<void> {
    this.log.info(`Welcome ${email}`);
  }
}
