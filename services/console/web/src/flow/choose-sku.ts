/** The SKU that the form proposes: the first one that can be sold, or any. */
export function chooseSku(stock: readonly { readonly sku: string; readonly available: number }[]): string {
  const [first] = stock;
  return (stock.find(({ available }) => available > 0) ?? first)?.sku ?? 'KEYBOARD';
}
