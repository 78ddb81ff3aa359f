import { dependencyOn } from '../dependency.ts';
import { priceBasket, randomBasket } from '../pricing.ts';
import { runTask, urlFromEnvironment } from '../task-runtime.ts';

/** The shop's front: every page needs the checkout. */
const checkout = dependencyOn(urlFromEnvironment('CHECKOUT_URL'), 1200);

runTask({
  cpuMsPerRequest: 1.2,
  dependency: checkout,
  handle: async () => {
    priceBasket(randomBasket(), process.env['BUILD'] ?? '');
    await checkout.call('/checkout');
  },
});
