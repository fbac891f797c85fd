import { useTranslation } from 'react-i18next';
import type { Text } from './experiment.ts';

/** Picks the user's language of the texts that an experiment brings along. */
export function useText(): (text: Text) => string {
  const { i18n } = useTranslation();
  return (text) => (i18n.language === 'zh' ? text.zh : text.en);
}
