import { middleware, Reflector } from 'bowline';

/** On a route of a controller with {@link noStore}: this one may be kept. */
export const Storable = Reflector.createDecorator<void>();

/** Was: `consumer.apply(noStore).exclude({ path: 'orders/some' }).forRoutes(OrdersController)`. */
export const noStore = middleware([Reflector], (reflector) => () => (ctx, next) => {
  if (!reflector.has(Storable, ctx.target)) ctx.set('cache-control', 'no-store');
  return next();
});
