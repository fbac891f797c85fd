import { useLocationProperty, useSearch } from 'wouter/use-browser-location';

let navigations = 0;
let isBack = false;
// wouter, which dispatches the last two, subscribes later. Its readers see the new values.
for (const type of ['popstate', 'pushState', 'replaceState'])
  window.addEventListener(type, () => {
    navigations += 1;
    isBack = type === 'popstate';
  });

/** Whether the browser's Back or Forward led here. */
export const cameBack = () => isBack;

/** Changes with each navigation, including one to the same address. */
export const useNavigationCount = () => useLocationProperty(() => navigations);

/** The parameters of the query. wouter's hook of this name decodes `%2525` to `%`. */
export const useSearchParams = () => new URLSearchParams(useSearch());

/** Resolves an empty query to the path of this page. Browsers would keep the present query. */
export const resolveAddress = (to: string) => (/^\??$/.test(to) ? window.location.pathname : to);
