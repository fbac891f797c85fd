import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { type AroundNavHandler, Router } from 'wouter';
import { HealthProvider } from './api/health.tsx';
import { LiveProvider } from './api/live.tsx';
import { App } from './app.tsx';
import { startTranslations } from './i18n/translations.ts';
import { startTheme } from './layout/theme.ts';
import { resolveAddress } from './ui/address.ts';
import './styles/base.css';

startTranslations();
startTheme();

const queryClient = new QueryClient({
  // A poll replaces a retry: the next interval asks again.
  defaultOptions: { queries: { retry: false, staleTime: 400 } },
  // Shows the effect of an action at once, also while Live is off.
  mutationCache: new MutationCache({ onSettled: () => void queryClient.invalidateQueries() }),
});

const navigateResolved: AroundNavHandler = (navigate, to, options) => navigate(resolveAddress(to), options);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LiveProvider>
        <HealthProvider>
          <Router hrefs={resolveAddress} aroundNav={navigateResolved}>
            <App />
          </Router>
        </HealthProvider>
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
);
