import i18next from 'i18next';

export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = 'language';

function chooseLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function apply(language: Language): void {
  void i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Chooses the language: the user's last choice, else the browser's. */
export function startTranslations(): void {
  apply(chooseLanguage());
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
  apply(language);
}
