import { Link } from 'wouter';
import { useSearchParams } from '../ui/address.ts';
import styles from './choice.module.css';

interface ChoiceProps<T> {
  readonly label: string;
  /** The parameter of the URL. The first value leaves it out. */
  readonly name: string;
  readonly values: readonly T[];
  readonly chosen: T;
  readonly format?: (value: T) => string;
}

/** Links that choose one of a few values in the URL. The other parameters stay. */
export function Choice<T extends string | number>({ label, name, values, chosen, format }: ChoiceProps<T>) {
  const params = useSearchParams();
  const toSearch = (value: T, index: number) => {
    const next = new URLSearchParams(params);
    if (index === 0) next.delete(name);
    else next.set(name, String(value));
    return `?${next}`;
  };
  return (
    <nav className={styles.choice} aria-label={label}>
      {values.map((value, index) => (
        <Link
          key={value}
          to={toSearch(value, index)}
          replace
          className={styles.value}
          aria-current={value === chosen ? 'true' : undefined}
        >
          {format === undefined ? String(value) : format(value)}
        </Link>
      ))}
    </nav>
  );
}
