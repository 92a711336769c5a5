/** The name of what is no provider. */
export const byHand = 'by hand';
