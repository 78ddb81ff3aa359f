import { useEffect, useRef, useState, type RefObject } from 'react';

/** Width of an element in CSS pixels, kept right; so that drawings are laid out, not stretched. */
export const useWidth = <E extends HTMLElement>(first = 600): readonly [RefObject<E | null>, number] => {
  const ref = useRef<E | null>(null);
  const [width, setWidth] = useState(first);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
};
