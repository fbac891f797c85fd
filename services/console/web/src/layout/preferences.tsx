import { send } from '../api/request.ts';
import { changeLanguage } from '../i18n/translations.ts';
import { Button } from '../ui/button.tsx';
import styles from './preferences.module.css';
import { useShellText } from './text.ts';
import { chooseNextTheme, useTheme } from './theme.ts';

const SIGNS = { system: '◐', light: '○', dark: '●' } as const;

/** Language, theme, sign out. */
export function Preferences() {
  const { t, i18n } = useShellText();
  const [theme, setTheme] = useTheme();
  // The console answers a page without a session with the way to sign in.
  const signOut = async () => {
    await send('/sign-out', { method: 'POST' }).catch(() => {});
    window.location.assign('/');
  };
  const isChinese = i18n.language === 'zh';
  return (
    <div className={styles.preferences}>
      <Button
        tone="quiet"
        small
        lang={isChinese ? 'en' : 'zh-CN'}
        onClick={() => changeLanguage(isChinese ? 'en' : 'zh')}
      >
        {isChinese ? 'English' : '中文'}
      </Button>
      <Button
        tone="quiet"
        small
        aria-label={t('theme', { theme: t(`themes.${theme}`) })}
        title={t('theme', { theme: t(`themes.${theme}`) })}
        onClick={() => setTheme(chooseNextTheme(theme))}
      >
        <span aria-hidden="true" className={styles.sign}>
          {SIGNS[theme]}
        </span>
      </Button>
      <Button tone="quiet" small onClick={() => void signOut()}>
        {t('signOut')}
      </Button>
    </div>
  );
}
