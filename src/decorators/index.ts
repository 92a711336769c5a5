export {
  Bulkhead,
  CircuitBreaker,
  Fallback,
  RateLimit,
  Retry,
  Timeout,
  UsePolicy,
  type PolicyDecorator,
} from './policies.js';
export {
  Inject,
  InjectFromBase,
  MultiInject,
  Named,
  Optional,
  PostConstruct,
  PreDestroy,
  Tagged,
  token,
} from './container-decorators.js';
export { Header, HttpCode, Redirect, Version } from './answers.js';
export { applyDecorators } from './apply-decorators.js';
export { Controller, type ControllerOptions } from './controller.js';
export { Deadline } from './deadline.js';
export { OnLameDuck, OnReady, OnStart, PostShutdown, PreShutdown, type HookDecorator } from './hooks.js';
export { Injectable } from './injectable.js';
export type {
  AnyParameterDecorator,
  ConvertingParameterDecorator,
  EnumValue,
  ParameterDecoratorFor,
  ValueOf,
  WholeParameterDecorator,
} from './parameter-types.js';
export {
  Body,
  Cookies,
  createParamDecorator,
  Ctx,
  Headers,
  Ip,
  Param,
  Query,
  Req,
  Res,
  Signal,
  UploadedFile,
  UploadedFiles,
  type DtoClass,
  type TextParameter,
} from './parameters.js';
export { Returns, type ReturnsDecorator, type ReturnsOptions } from './returns.js';
export { All, Delete, Get, Head, Options, Patch, Post, Put, type RouteDecorator } from './routes.js';
export { Reflector, SetMetadata, type MetadataDecorator } from './set-metadata.js';
export {
  Catch,
  HttpOnly,
  Order,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  type StageUse,
} from './stages.js';
