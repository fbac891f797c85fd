import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
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
        <Routes>
          <Route path="/" element={<FlowPage />} />
          <Route path="/orders" element={<OrdersPage />} />
          <Route path="/orders/:id" element={<OrderPage />} />
          <Route path="/messages" element={<MessagesPage />} />
          <Route path="/messages/:id" element={<TimelinePage />} />
          <Route path="/dead-letters" element={<DeadLettersPage />} />
          <Route path="/decisions" element={<DecisionsPage />} />
          <Route path="/stock" element={<StockPage />} />
          <Route path="/stock/:sku" element={<SkuPage />} />
          <Route path="/speed" element={<SpeedPage />} />
          <Route path="/break" element={<ExperimentsPage />} />
          <Route path="/break/:id" element={<ExperimentPage />} />
          <Route path="/verify" element={<VerifyPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
