// node main.js BOOKINGS_URL CALENDAR_URL BROKER PREFIX: runs the example on two databases and Kafka.
import { connect } from './connect.js';
import { runBookings } from './run-bookings.js';

const [bookingsUrl = '', calendarUrl = '', broker = '', prefix = ''] = process.argv.slice(2);
const bookings = connect(bookingsUrl);
const calendar = connect(calendarUrl);
console.log(JSON.stringify(await runBookings({ bookings, bookingsUrl, calendar, broker, prefix })));
await Promise.all([bookings.$disconnect(), calendar.$disconnect()]);
