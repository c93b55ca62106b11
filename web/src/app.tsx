import type { Call } from './call'
import { Crashed } from './chat/crashed'
import { CallProvider } from './chat/use-call'
import { Visitor } from './chat/visitor'
import { ErrorBoundary } from './ui/error-boundary'

/** The whole page for one call. */
export function App({ call, path }: { readonly call: Call; readonly path: string }) {
  return (
    <ErrorBoundary fallback={<Crashed />}>
      <CallProvider call={call}>
        <Visitor path={path} />
      </CallProvider>
    </ErrorBoundary>
  )
}
