import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { FlowPage } from './flow/flow-page.tsx';
import { Shell } from './layout/shell.tsx';
import { Loading } from './ui/states.tsx';

const OrdersPage = lazy(() => import('./orders/orders-page.tsx'));
const OrderPage = lazy(() => import('./orders/order-page.tsx'));
const MessagesPage = lazy(() => import('./messages/messages-page.tsx'));
const TimelinePage = lazy(() => import('./messages/timeline-page.tsx'));
const DeadLettersPage = lazy(() => import('./dead-letters/dead-letters-page.tsx'));
const DecisionsPage = lazy(() => import('./decisions/decisions-page.tsx'));
const StockPage = lazy(() => import('./stock/stock-page.tsx'));
const SkuPage = lazy(() => import('./stock/sku-page.tsx'));
const SpeedPage = lazy(() => import('./speed/speed-page.tsx'));
const ExperimentsPage = lazy(() => import('./experiments/experiments-page.tsx'));
const ExperimentPage = lazy(() => import('./experiments/experiment-page.tsx'));
const VerifyPage = lazy(() => import('./verify/verify-page.tsx'));
const NotFoundPage = lazy(() => import('./layout/not-found-page.tsx'));

/** The pages and their addresses. The flow is part of the first load, the others are loaded when opened. */
export function App() {
  return (
    <Shell>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/" component={FlowPage} />
          <Route path="/orders" component={OrdersPage} />
          <Route path="/orders/:id" component={OrderPage} />
          <Route path="/messages" component={MessagesPage} />
          <Route path="/messages/:id" component={TimelinePage} />
          <Route path="/dead-letters" component={DeadLettersPage} />
          <Route path="/decisions" component={DecisionsPage} />
          <Route path="/stock" component={StockPage} />
          <Route path="/stock/:sku" component={SkuPage} />
          <Route path="/speed" component={SpeedPage} />
          <Route path="/break" component={ExperimentsPage} />
          <Route path="/break/:id" component={ExperimentPage} />
          <Route path="/verify" component={VerifyPage} />
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
    </Shell>
  );
}
