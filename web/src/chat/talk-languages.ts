/** Languages offered to talk in (BCP 47); what each is called comes from the browser. */
export const talkLanguages = ['en', 'es', 'ar', 'pt', 'fr', 'de', 'it', 'nl', 'pl', 'ru', 'uk', 'tr', 'fa', 'hi', 'bn', 'id', 'vi', 'th', 'ja', 'ko', 'zh'] as const

/** The name of a language in the language of the page, or its tag where the browser does not know it. */
export function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
