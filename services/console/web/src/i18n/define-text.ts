type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };

/** Pairs the texts of an area. The compiler rejects a Chinese text that is missing or unknown. */
export function defineText<const T extends object>(
  en: T,
  zh: Texts<T>,
): { readonly en: T; readonly zh: Texts<T> } {
  return { en, zh };
}
