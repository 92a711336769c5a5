import { IsDate, IsIn } from 'class-validator';

export class ReportQuery {
  @IsIn(['day', 'month']) by: string = 'day';
  @IsDate() since!: Date;
}
