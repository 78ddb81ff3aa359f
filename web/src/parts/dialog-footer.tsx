import Box from '@cloudscape-design/components/box';
import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

interface Props extends Pick<ButtonProps, 'disabled' | 'disabledReason' | 'loading'> {
  /** What the button says that does it. */
  readonly verb: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** The two ways out of a dialog: to do nothing, or what it is about. */
export const DialogFooter = ({ verb, onConfirm, onClose, ...button }: Props) => (
  <Box float="right">
    <SpaceBetween direction="horizontal" size="xs">
      <Button variant="link" onClick={onClose}>
        Cancel
      </Button>
      <Button variant="primary" {...button} onClick={() => void onConfirm()}>
        {verb}
      </Button>
    </SpaceBetween>
  </Box>
);
