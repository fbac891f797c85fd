import { type SubmitEvent, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { useSearchParams } from '../ui/address.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import styles from './filter-form.module.css';
import { fromLocalInput, readFilters, toLocalInput, toSearch } from './filters.ts';
import { useListsText } from './text.ts';

export interface FilterField {
  /** Name in the URL. */
  readonly name: string;
  readonly label: string;
  /** Values of a choice. */
  readonly choices?: readonly string[];
  /** Values that a text field proposes. */
  readonly suggestions?: readonly string[];
  /** A time in the user's zone. The URL has it in UTC. */
  readonly isTime?: boolean;
}

interface FilterFormProps {
  /** Names the form for screen readers. */
  readonly label: string;
  readonly fields: readonly FilterField[];
  /** Parameters that stay in the URL, such as the tab. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** The filters of a list. They are in the URL, so Back, a bookmark and a sent link restore them. */
export function FilterForm({ label, fields, keep = {} }: FilterFormProps) {
  const { t } = useListsText();
  const params = useSearchParams();
  const [, navigate] = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const values = readFilters(
    params,
    fields.map(({ name }) => name),
  );
  const isFiltered = Object.values(values).some((value) => value !== '');
  const toInput = ({ name, isTime }: FilterField) => {
    const value = values[name] ?? '';
    return isTime ? toLocalInput(value) : value;
  };

  // Back and forward change the URL under the form. The inputs stay, and with them the focus.
  const inputs = JSON.stringify(fields.map((field) => [field.name, toInput(field)]));
  useEffect(() => {
    for (const [name, value] of JSON.parse(inputs) as [string, string][]) {
      const input = form.current?.elements.namedItem(name);
      if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) input.value = value;
    }
  }, [inputs]);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const next = fields.map((field) => {
      const read = field.isTime ? fromLocalInput : (value: string) => value;
      const value = read(String(data.get(field.name) ?? '').trim());
      // An input of a time has whole seconds, the URL may have more.
      return [field.name, value === read(toInput(field)) ? (values[field.name] ?? '') : value];
    });
    navigate(toSearch({ ...keep, ...Object.fromEntries(next) }));
  };

  return (
    <search aria-label={label}>
      <form ref={form} className={styles.form} onSubmit={submit}>
        {fields.map((field) => (
          <Field key={field.name} label={field.label}>
            {(props) => <Control field={field} value={toInput(field)} props={props} />}
          </Field>
        ))}
        <div className={styles.actions}>
          <Button type="submit">{t('apply')}</Button>
          {isFiltered ? (
            <ButtonLink tone="quiet" to={toSearch(keep)}>
              {t('clear')}
            </ButtonLink>
          ) : null}
        </div>
      </form>
    </search>
  );
}

interface ControlProps {
  readonly field: FilterField;
  readonly value: string;
  readonly props: { readonly id: string };
}

function Control({ field: { name, choices, suggestions, isTime }, value, props }: ControlProps) {
  const { t } = useListsText();
  if (choices !== undefined)
    return (
      <select
        {...props}
        name={name}
        defaultValue={value}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      >
        <option value="">{t('any')}</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  const listId = `${props.id}-list`;
  return (
    <>
      <input
        {...props}
        name={name}
        type={isTime ? 'datetime-local' : 'text'}
        step={isTime ? 1 : undefined}
        defaultValue={value}
        maxLength={500}
        autoComplete="off"
        spellCheck={false}
        list={suggestions === undefined ? undefined : listId}
      />
      {suggestions === undefined ? null : (
        <datalist id={listId}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </>
  );
}
