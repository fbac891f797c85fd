import type { ButtonHTMLAttributes } from 'react';
import { Link, type LinkProps } from 'react-router';
import styles from './button.module.css';

interface Look {
  /** `primary`: the page's main action. `danger`: destroys something. `quiet`: no border. */
  readonly tone?: 'plain' | 'primary' | 'danger' | 'quiet' | undefined;
  readonly small?: boolean | undefined;
}

const toClass = ({ tone = 'plain', small = false }: Look) =>
  [styles.button, styles[tone], small ? styles.small : undefined].filter(Boolean).join(' ');

/** A button that does something on this page. It does not submit a form unless `type` is `submit`. */
export function Button({ tone, small, ...rest }: Look & ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" {...rest} className={toClass({ tone, small })} />;
}

/** A link to another page with the look of a button. */
export function ButtonLink({ tone, small, ...rest }: Look & LinkProps) {
  return <Link {...rest} className={toClass({ tone, small })} />;
}
