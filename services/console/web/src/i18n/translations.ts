import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { deadLettersText } from '../dead-letters/text.ts';
import { decisionsText } from '../decisions/text.ts';
import { experimentsText } from '../experiments/text.ts';
import { flowText } from '../flow/text.ts';
import { shellText } from '../layout/text.ts';
import { listsText } from '../lists/text.ts';
import { messagesText } from '../messages/text.ts';
import { ordersText } from '../orders/text.ts';
import { speedText } from '../speed/text.ts';
import { stockText } from '../stock/text.ts';
import { uiText } from '../ui/text.ts';
import { verifyText } from '../verify/text.ts';

export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const texts = {
  ui: uiText,
  shell: shellText,
  flow: flowText,
  lists: listsText,
  orders: ordersText,
  messages: messagesText,
  deadLetters: deadLettersText,
  decisions: decisionsText,
  stock: stockText,
  speed: speedText,
  experiments: experimentsText,
  verify: verifyText,
} as const;

const STORED = 'language';

function chooseLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function apply(language: string): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Chooses the language: the user's last choice, else the browser's. */
export function startTranslations(): void {
  const pick = (language: Language) =>
    Object.fromEntries(Object.entries(texts).map(([namespace, text]) => [namespace, text[language]]));
  const language = chooseLanguage();
  // React escapes all texts itself.
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: pick('en'), zh: pick('zh') },
    interpolation: { escapeValue: false },
  });
  apply(language);
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
  void i18next.changeLanguage(language);
  apply(language);
}
