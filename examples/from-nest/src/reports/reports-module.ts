import { defineModule } from 'bowline';
import { ordersModule } from '../orders/orders-module.js';
import { ReportController } from './report-controller.js';
import { UrlCache } from './url-cache.js';

export const reportsModule = defineModule({
  name: 'reportsModule',
  imports: [ordersModule],
  controllers: [ReportController],
  services: [UrlCache],
});
