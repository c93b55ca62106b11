/** The name of a key of the keyboard. */
export function Key({ children, onInk = false }: { readonly children: string; readonly onInk?: boolean }) {
  return (
    <kbd
      dir="ltr"
      className={`inline-grid h-5.5 min-w-5.5 place-items-center rounded-[0.3rem] border px-1 font-sans text-xs font-semibold ${onInk ? 'border-current/40' : 'border-edge text-ink'}`}
    >
      {children}
    </kbd>
  )
}
