import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Link } from 'wouter';
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

interface ButtonLinkProps extends Look {
  readonly to: string;
  readonly children: ReactNode;
}

/** A link to another page with the look of a button. */
export function ButtonLink({ tone, small, ...rest }: ButtonLinkProps) {
  return <Link {...rest} className={toClass({ tone, small })} />;
}
