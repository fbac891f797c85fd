/** The settings of the link. PORT is the port that the console listens on. */
export interface SignInLinkSettings {
  readonly SIGN_IN_TOKEN: string;
  readonly CONSOLE_URL?: string | undefined;
  readonly PORT: number;
}

/** Formats the link that signs a browser in. It contains the token. */
export function formatSignInLink({ SIGN_IN_TOKEN, CONSOLE_URL, PORT }: SignInLinkSettings): string {
  const link = new URL('/sign-in', CONSOLE_URL ?? `http://127.0.0.1:${PORT}`);
  link.searchParams.set('token', SIGN_IN_TOKEN);
  return link.href;
}
