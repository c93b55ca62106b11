import { Component, type ReactNode } from 'react'

interface ErrorBoundaryProps {
  /** What is shown instead of a page that broke. */
  readonly fallback: ReactNode
  readonly children: ReactNode
}

/** Keeps a fault in drawing from leaving an empty page. The browser's console has the details. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    return this.state.broken ? this.props.fallback : this.props.children
  }
}
