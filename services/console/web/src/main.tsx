import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { LiveProvider } from './api/live.tsx';
import { App } from './app.tsx';
import { startTranslations } from './i18n/translations.ts';
import './styles/base.css';

startTranslations();

// A poll replaces a retry: the next interval asks again.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 400 } } });

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LiveProvider>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
);
