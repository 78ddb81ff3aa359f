import { lazy } from 'react';

/** Every page: its place in the menu and its code, which is loaded when it is first shown. */
export const PAGES = [
  {
    path: '/',
    title: 'Overview',
    load: () => import('../pages/overview/overview.tsx').then((m) => ({ default: m.Overview })),
  },
  {
    path: '/incidents',
    title: 'Incidents',
    load: () => import('../pages/incidents/incidents.tsx').then((m) => ({ default: m.Incidents })),
  },
  {
    path: '/topology',
    title: 'Topology',
    load: () => import('../pages/topology/topology.tsx').then((m) => ({ default: m.Topology })),
  },
  {
    path: '/deployments',
    title: 'Deployments',
    load: () => import('../pages/deployments/deployments.tsx').then((m) => ({ default: m.Deployments })),
  },
  {
    path: '/agents',
    title: 'Agents',
    load: () => import('../pages/agents/agents.tsx').then((m) => ({ default: m.Agents })),
  },
  {
    path: '/learning',
    title: 'Learning',
    load: () => import('../pages/learning/learning.tsx').then((m) => ({ default: m.Learning })),
  },
  {
    path: '/policies',
    title: 'Policies',
    load: () => import('../pages/policies/policies.tsx').then((m) => ({ default: m.Policies })),
  },
  {
    path: '/settings',
    title: 'Settings',
    load: () => import('../pages/settings/settings.tsx').then((m) => ({ default: m.Settings })),
  },
].map(({ load, ...page }) => ({ ...page, Component: lazy(load) }));

export const IncidentPage = lazy(() =>
  import('../pages/incident/incident.tsx').then((m) => ({ default: m.IncidentPage })),
);
