import { Component, type ReactNode } from 'react';
import { Trouble } from '../parts/trouble.tsx';

interface Props {
  /** Another value tries again: a broken page must not break the next one. */
  readonly of: string;
  readonly children: ReactNode;
}
interface State {
  readonly error: Error | null;
  readonly of: string;
}

/** Keeps what a page throws inside the page. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { error: null, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.of === state.of ? null : { error: null, of: props.of };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <Trouble error={error} onRetry={() => location.reload()} />;
  }
}
