/** The project's sign: a message that goes out, and its result that comes back. */
export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--text)" />
      <g fill="none" stroke="var(--surface-1)" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M7 11h12m0 0-4-4m4 4-4 4" />
        <path d="M25 21H13m0 0 4-4m-4 4 4 4" />
      </g>
    </svg>
  );
}
