import { createContext } from 'react';

/** The text before the page's name in the document's title, so that a background tab shows it. */
export const TitleBadge = createContext('');
