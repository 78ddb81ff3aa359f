/** A basket as the shop's pages send it; guests have no customer. */
export type Basket = {
  readonly items: readonly { readonly cents: number }[];
  readonly customer?: { readonly tier: 'standard' | 'gold' };
};

/** The build whose loyalty discount was written without thinking of guests. */
export const REGRESSION_BUILD = '2.0.0';
export const STABLE_BUILD = '1.0.0';

const GUEST_SHARE = 0.8;

export const randomBasket = (): Basket => ({
  items: [{ cents: 1990 }, { cents: 450 }],
  ...(Math.random() < GUEST_SHARE ? {} : { customer: { tier: 'gold' } }),
});

const total = ({ items }: Basket): number => items.reduce((sum, { cents }) => sum + cents, 0);

/** The price in cents, as each build computes it: 2.0.0 throws a TypeError for every guest. */
export const priceBasket = (basket: Basket, build: string): number => {
  if (build !== REGRESSION_BUILD) return basket.customer?.tier === 'gold' ? total(basket) * 0.95 : total(basket);
  const customer = basket.customer as NonNullable<Basket['customer']>;
  return customer.tier === 'gold' ? total(basket) * 0.9 : total(basket);
};
