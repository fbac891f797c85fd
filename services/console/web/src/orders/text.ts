import { defineText } from '../i18n/define-text.ts';

export const ordersText = defineText({ title: 'orders' }, { title: 'orders' });
