import { backendSuite } from '../support/backend-suite.ts';

backendSuite('netlink');
