import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };

// React escapes all texts itself.
void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: {},
  interpolation: { escapeValue: false },
});

/**
 * Adds the texts of an area and returns the hook that translates them. An area is loaded with the
 * first page that needs it. The compiler rejects a Chinese text that is missing or unknown.
 */
export function defineText<const T extends object>(area: string, en: T, zh: Texts<T>) {
  i18next.addResourceBundle('en', area, en);
  i18next.addResourceBundle('zh', area, zh);
  return () => useTranslation(area);
}
