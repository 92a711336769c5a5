import { z } from 'zod';

/** The rules of CreateUser, for servers whose users write them with zod. */
export const userSchema = z.object({
  name: z.string().min(1).max(50),
  email: z.email(),
  age: z.int().min(0).max(150),
  subscribed: z.boolean(),
  tags: z.array(z.string()).max(10),
  address: z.object({
    street: z.string().min(1).max(100),
    city: z.string().min(1).max(60),
    postcode: z.string().regex(/^\d{5}$/),
  }),
});
