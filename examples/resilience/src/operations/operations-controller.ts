import {
  BadRequestError,
  Body,
  BootError,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  PolicyRegistry,
  Post,
  Put,
  type PipelineDefinition,
} from 'bowline';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { faultKinds, Faults, type FaultKind } from '../payment-service/faults.js';
import { circuitActions, Circuits, type CircuitAction } from './circuits.js';
import { Load, maxPerSecond } from './load.js';
import { PolicyLog } from './policy-log.js';

export class SetFault {
  @IsIn(Object.keys(faultKinds)) kind!: FaultKind;
}

export class PutOnLoad {
  @IsInt() @Min(1) @Max(maxPerSecond) perSecond!: number;
}

export class ActOnCircuit {
  @IsIn(circuitActions) action!: CircuitAction;
}

/** What the page can do. In a service of yours it belongs on a server that only those reach who run it. */
@Controller()
export class OperationsController {
  constructor(
    private readonly policies: PolicyRegistry,
    private readonly circuits: Circuits,
    private readonly faults: Faults,
    private readonly load: Load,
    private readonly log: PolicyLog,
  ) {}

  /** Every pipeline with each option, and who has said it. */
  @Get('/policies')
  describe(): string {
    return this.policies.describe();
  }

  /** Takes over all of it or, where anything is wrong, nothing. */
  @Patch('/policies/:pipeline')
  @HttpCode(204)
  change(@Param('pipeline') pipeline: string, @Body({ validate: false }) change: PipelineDefinition): void {
    try {
      this.policies.configure({ [pipeline]: change });
    } catch (error) {
      throw new BadRequestError(problemsOf(error), { cause: error });
    }
    this.log.add('change', `${pipeline} was changed: ${JSON.stringify(change)}`);
  }

  @Post('/policies/:pipeline/circuit')
  @HttpCode(204)
  act(@Param('pipeline') pipeline: string, @Body() { action }: ActOnCircuit): void {
    this.circuits.act(pipeline, action);
    this.log.add('change', `${pipeline}: ${action} by hand`);
  }

  @Put('/fault')
  @HttpCode(204)
  break(@Body() { kind }: SetFault): void {
    this.faults.kind = kind;
  }

  @Put('/load')
  @HttpCode(204)
  begin(@Body() { perSecond }: PutOnLoad): void {
    this.load.begin(perSecond);
  }

  @Delete('/load')
  @HttpCode(204)
  end(): void {
    this.load.end();
  }
}

/** Whatever is thrown is about what was sent. */
function problemsOf(error: unknown): string {
  if (error instanceof BootError) return error.problems.map(({ message }) => message).join(' ');
  return error instanceof Error ? error.message : String(error);
}
