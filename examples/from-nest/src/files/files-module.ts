import { defineModule } from 'bowline';
import { FileController } from './file-controller.js';

export const filesModule = defineModule({ name: 'filesModule', controllers: [FileController] });
