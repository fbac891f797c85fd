import { type ButtonHTMLAttributes, useState } from 'react';
import type { ControlledProcess } from '../api/views.ts';
import type { Cause } from './incident.ts';
import { ProcessDialog } from './process-dialog.tsx';

interface ProcessButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly name: Cause;
  /** Undefined if no demo controls it. The button then does nothing but take the focus. */
  readonly process: ControlledProcess | undefined;
  readonly reasons: readonly string[];
}

/** A button that opens the dialog of a process. */
export function ProcessButton({ name, process, reasons, ...rest }: ProcessButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" {...rest} onClick={() => setOpen(process !== undefined)} />
      {isOpen && process !== undefined ? (
        <ProcessDialog name={name} process={process} reasons={reasons} onClose={() => setOpen(false)} />
      ) : null}
    </>
  );
}
