import { createContext } from 'react';

/** What the title of the document says before the page's name, so that a tab in the background shows it. */
export const TitleBadge = createContext('');
