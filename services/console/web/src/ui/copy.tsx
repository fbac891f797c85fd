import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { useUiText } from './text.ts';

interface CopyProps {
  readonly text: string;
  /** Names the copied value, for screen readers. */
  readonly label?: string;
}

/** Copies `text` to the clipboard and confirms it for two seconds. */
export function Copy({ text, label }: CopyProps) {
  const { t } = useUiText();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <Button
      small
      onClick={() => void copy()}
      aria-label={label === undefined ? undefined : `${t('copy')}: ${label}`}
    >
      <span aria-live="polite">{isCopied ? t('copied') : t('copy')}</span>
    </Button>
  );
}
