import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { useNavigate } from 'react-router-dom';

/** A link within the dashboard: a real address for new tabs and copying, without loading the page anew. */
export const RouteLink = ({ href, ...rest }: LinkProps & { readonly href: string }) => {
  const navigate = useNavigate();
  return (
    <Link
      {...rest}
      href={href}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    />
  );
};
