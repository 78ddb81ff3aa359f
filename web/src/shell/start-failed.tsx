/** The dashboard cannot even begin: said with nothing but what is certainly there. */
export const StartFailed = ({ error }: { readonly error: unknown }) => (
  <>
    <header className="k-splash">Kintsugi</header>
    <main className="k-splash-note" role="alert">
      <h1>The dashboard cannot start</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>
        <a href="/">Try again</a>
      </p>
      <p>Without the dashboard: npm run kintsugi -- status</p>
    </main>
  </>
);
