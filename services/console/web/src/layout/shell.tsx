import type { ReactNode } from 'react';

/** Navigation, status and switches around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  return <main>{children}</main>;
}
